"""What is learnt and checked: content as data, its parser and its grader. Knows no page's looks."""
