"""Live panels: each folder holds a component's Python face and its sources for the browser.

People count experts and layers from 1; records and arrays count from 0. The components add the 1.
"""
