"""The server of one test's script, with the routes of the app and nothing else of it."""

import os

import streamlit as st

from moeviz.ui.routes import routes

app = st.App(os.environ["MOEVIZ_TEST_SCRIPT"], routes=routes())
