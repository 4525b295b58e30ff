"""The app: page configuration and navigation, nothing else."""

from pathlib import Path

import streamlit as st

from moeviz.ui.navigation import prepare, show_page

HERE = Path(__file__).parent

st.set_page_config(page_icon=str(HERE / "static" / "icon.png"), layout="wide")
prepare(HERE)
show_page()
