"""The live channel: what goes between a browser and a running model, beside Streamlit's scripts."""
