"""Runs: reopen them, compare them on the same axes, export them, delete them."""

import streamlit as st

from moeviz.ui.runs.listing import TEXTS, comparison, downloads, run_table, say, with_deletion
from moeviz.ui.runs.unreadable import unreadable_runs
from moeviz.ui.shared.lesson import opening
from moeviz.ui.shared.navigation import LAB, RUNS
from moeviz.ui.shared.page_end import page_end
from moeviz.ui.shared.page_state import without_parameters
from moeviz.ui.shared.session import engine, owner, runs_may_go, show_refusal

parameters = without_parameters("runs")
parameters.load()
parameters.write_address()  # before anything is drawn: the script's end is lost most easily
opening(TEXTS.title, TEXTS.idea)
parameters.show_notices()
show_refusal()
runs = [run for run in engine().runs(owner()) if not run.untrained]
unreadable = engine().unreadable(owner())
if not runs:
    if not unreadable:
        st.markdown(TEXTS["No run"])
    st.page_link(LAB, label=say("start"), icon=":material/science:")
else:
    chosen = run_table(runs, parameters.clear_notices)
    if not chosen:
        st.markdown(TEXTS["Nothing selected"])
    with runs_may_go():
        if len(chosen) == 1:
            downloads(chosen[0])
        if chosen:
            with_deletion(chosen)
            comparison(chosen, runs)
unreadable_runs(unreadable)
page_end(RUNS)
