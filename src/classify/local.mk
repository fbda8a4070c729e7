# classify
