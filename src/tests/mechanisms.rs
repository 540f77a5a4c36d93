//! Each mechanism against what it must give, often with fixed times, so that the answer is exact.
