//! Double-spend and reuse proofs `[D3]`.

use super::case::Case;
use tender_token::double_spend::DoubleSpendProof;
use tender_token::error::Result;

pub fn guilt(case: &Case<'_>) -> Result<()> {
    let proof = DoubleSpendProof::from_bytes(&case.input, &case.manifest)?;
    case.is_canonical(&proof);
    proof.verify(&case.manifest)
}
