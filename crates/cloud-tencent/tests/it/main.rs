//! The adapter against a simulated cloud, over the wire; where that has no such trouble, against a
//! far side in memory.

mod conformance;
mod far;
mod keys;
mod nodes;
mod reading;
mod stand;
mod troubles;
