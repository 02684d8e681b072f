"""Any pretrained network: its graph, layers, weights and files."""
