"""What records, traces and answers say: numbers, tables, plans and sentences.

Knows nothing of engines, of pages or of how anything is drawn. `cost` has the closed forms.
"""
