//! `POST /api/tokenizations/{tokenization}/reviews`: a person of compliance decides where a rule of
//! the regime asks for one.

use crate::{
    call::{Call, reply},
    trigger::{Http, Served, Trigger},
};
use poa_operations::{answer::Outcome, desk::Desk, review_contour::review_contour};
use poa_protocol::{contour::NewReview, role::Role, tokenization::Tokenization};

/// The row.
pub const TRIGGER: Trigger = Http::create::<NewReview, Tokenization>(
    "tokenizations/{tokenization}/reviews",
    "Reviews or overrides a decision of the bank contour, as a person of the bank's compliance.",
    serve,
)
.answers::<Tokenization>(Outcome::Accepted)
.roles(&[Role::Compliance])
.revises()
.row("review-contour");

fn serve(desk: Desk, call: Call) -> Served {
    Box::pin(async move {
        let id = call.param("tokenization")?;
        reply(review_contour(&desk, call.asked()?, &id).await?)
    })
}
