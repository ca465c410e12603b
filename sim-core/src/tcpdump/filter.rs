//! x
/// x
pub struct Filter; 
/// x
pub struct FilterError;
