"""The numbers of the dashboards, by question. Each read is bounded: sums of the kept numbers, or a window by index."""
