"""Your runs: reopen them, compare them on the same axes, take them with you, delete them."""

import streamlit as st

from moeviz.ui.runs.listing import comparison, downloads, run_table, with_deletion
from moeviz.ui.shared.lesson import opening
from moeviz.ui.shared.navigation import LAB
from moeviz.ui.shared.page_state import without_parameters
from moeviz.ui.shared.session import engine, owner, runs_may_go, show_refusal

parameters = without_parameters("runs")
parameters.load()
parameters.write_address()  # before anything is drawn: the script's end is lost most easily
opening(
    "Your runs",
    "Every run of this browser, also after a reload or a restart of the server. Nobody else sees "
    "them; the address of a run is the key to it.",
)
parameters.show_notices()
show_refusal()
runs = [run for run in engine().runs(owner()) if not run.untrained]
if not runs:
    st.markdown("No run yet.")
    st.page_link(LAB, label="Start one in the lab", icon=":material/science:")
else:
    chosen = run_table(runs)
    if not chosen:
        st.markdown("Select one run to open, export or delete it, or several to compare them.")
    with runs_may_go():
        if len(chosen) == 1:
            downloads(chosen[0])
        if chosen:
            with_deletion(chosen)
            comparison(chosen, runs)
