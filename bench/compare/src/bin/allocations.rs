//! How often each contender allocates: a line for each size, a number for each contender.
//!
//! A program of its own, because its allocator makes allocating slower and the times would not be true.

use compare::{Contender, SIZES, contenders};

fn main() {
    for size in SIZES {
        let counts: Vec<_> = contenders(size).iter().map(count).collect();
        println!("{}", counts.join(" "));
    }
}

fn count(contender: &Contender) -> String {
    // What is set up once, such as a logger, does not count.
    (contender.run)();
    let counted = allocation_counter::measure(|| (contender.run)());
    counted.count_total.to_string()
}
