"""What the pages' folders share: session, address, knobs and their controls, lesson parts."""
