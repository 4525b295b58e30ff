"""Pictures: the data of one analysis in, a figure of Plotly out. One module per picture, one theme.

Knows neither torch nor streamlit, and measures nothing: numbers come with the data, or from a
closed form of `accounting`. Its words are titles, axes and labels; prose stands on the pages.
"""
