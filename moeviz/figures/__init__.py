"""Pictures: plain data in, Plotly figures out. One module a picture, and the theme that they share.

Knows neither torch nor streamlit; decides no number and says no sentence.
"""
