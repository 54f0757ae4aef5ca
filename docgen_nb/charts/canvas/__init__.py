"""What all charts share: frame, colors, axes, groups, and when a difference may be claimed."""
