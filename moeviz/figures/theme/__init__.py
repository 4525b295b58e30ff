"""What pictures share: colours, ends of axes, places of labels, and the parts of a layout."""
