"""Plain data in, plotly figures out; knows neither torch nor streamlit."""
