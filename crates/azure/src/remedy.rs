//! What to do about what a service of Azure refused, for the doctor.

/// What to do: by the role that the identity needs, and by what is to be made where it is missing.
pub(crate) fn remedy(wrong: &str, role: &str, missing: &str) -> String {
    let says = |words: &[&str]| words.iter().any(|word| wrong.contains(word));
    if says(&["no token from credential"]) {
        "see what the check of the credential says".to_owned()
    } else if says(&["401", "403", "lacks the role", "not accepted", "needs the role"]) {
        format!(
            "give the identity of the service the role `{role}` there (it counts after some \
             minutes), and let its network in"
        )
    } else if says(&["404", "not there", "NotFound"]) {
        missing.to_owned()
    } else {
        "see whether the name in the settings is right and whether this machine reaches it: DNS, \
         firewall, private endpoint"
            .to_owned()
    }
}

#[cfg(test)]
mod tests {
    use super::remedy;

    #[test]
    fn the_remedy_fits_what_was_refused() {
        for (wrong, expected) in [
            ("answered 403 (AuthorizationPermissionMismatch)", "the role `Reader`"),
            ("it is not there (ContainerNotFound)", "make it"),
            ("no token from credential `managed`; …: 403", "the check of the credential"),
            ("dns error: no such host", "DNS"),
        ] {
            let told = remedy(wrong, "Reader", "make it");
            assert!(told.contains(expected), "{wrong}: {told}");
        }
    }
}
