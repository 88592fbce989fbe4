"""Reports of analysts: dimensions × measures of the metric catalogue, read from the warehouse's marts, within the viewer's scope."""
