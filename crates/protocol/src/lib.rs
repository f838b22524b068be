//! The rules of Proof-of-Asset as they could stand on paper: pure, synchronous.
