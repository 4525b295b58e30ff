"""The app: page configuration and navigation, nothing else."""

from pathlib import Path

import streamlit as st

from moeviz.ui.navigation import pages, prepare

HERE = Path(__file__).parent

st.set_page_config(page_icon=str(HERE / "static" / "icon.png"), layout="wide")
prepare(HERE)
st.navigation(pages(), position="top").run()
