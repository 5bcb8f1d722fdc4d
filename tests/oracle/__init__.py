"""The oracle of docs/design.md section 12.1; a package only so that unittest finds its tests."""
