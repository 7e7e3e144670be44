"""Search on Elasticsearch and on OpenSearch: one index, one set of mappings and queries, one small client each."""
