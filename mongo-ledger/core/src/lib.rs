//! The rules of the database chain: what a transaction is, when it counts, and how every record is proven.
