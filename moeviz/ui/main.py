"""The script that Streamlit runs for every visitor: page configuration, navigation, the page."""

from pathlib import Path

import streamlit as st

from moeviz.ui.components.address_bar import address_bar
from moeviz.ui.components.terms import terms
from moeviz.ui.shared.navigation import PAGES
from moeviz.ui.shared.page_run import refuse_control_link
from moeviz.ui.shared.session_state import here
from moeviz.ui.shared.shown import ask_what_was_heard

HERE = Path(__file__).parent

st.set_page_config(page_icon=str(HERE / "icon.png"), layout="wide")
st.html(HERE / "page.css")
st.logo((HERE / "logo.svg").read_text(encoding="utf-8"))  # page.css adds the name

sections: dict[str, list[object]] = {}
for each in PAGES:
    entry = st.Page(
        each.file, title=each.title, url_path=each.address or None, default=not each.address,
        icon=None if each.address else ":material/home:",
    )  # fmt: skip
    sections.setdefault(each.section, []).append(entry)
page = st.navigation(sections, position="top")  # type: ignore[arg-type]
refuse_control_link()
page.run()
session = here()
address_bar(
    *session.completion, number=f"{session.mark}.{session.completed}", path=page.url_path,
    key="address_bar",
)  # fmt: skip
terms(key="terms")
ask_what_was_heard()
