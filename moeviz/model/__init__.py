"""The language model: modules whose forward returns (tensor, record) and stores nothing."""
