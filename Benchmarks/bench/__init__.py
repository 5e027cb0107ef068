"""The parts of the comparison: nodes, clients, measuring, and the table."""
