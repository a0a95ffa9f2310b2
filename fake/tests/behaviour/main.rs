//! What the fake answers, compared with what a Wiki.js 2.5.314 was seen to answer.

mod create;
mod door;
