//! What the providers that are nothing but a scheme have in common.

/// Gives a provider that is nothing but a scheme a type of its own, so that code, documentation and errors
/// name the sender. A macro because it defines a type with methods for each of dozens of modules; what the
/// type does is all in [`SchemeVerifier`](crate::scheme::SchemeVerifier).
///
/// With `by` and a function behind the scheme, that function judges a head, with the scheme's verifier. With `timed`, it has a method for another tolerance. Only senders that sign a time have one. With `set_up`, it has a
/// verifier for the set-up. Only senders that hand over the secret have one.
macro_rules! scheme_provider {
    ($(#[$doc:meta])* $name:ident, $scheme:expr, timed $(, by $begin:path)?) => {
        $crate::provider::macros::scheme_provider! {
            $(#[$doc])*
            $name, $scheme $(, by $begin)?
        }

        impl $name {
            /// Another tolerance than the sender's own.
            #[must_use]
            pub fn tolerance(self, tolerance: $crate::Tolerance) -> Self {
                Self(self.0.judging_time(tolerance))
            }
        }

        const _: () = assert!($scheme.signs_time(), "the sender signs no time");
    };
    ($(#[$doc:meta])* $name:ident, $scheme:expr, set_up) => {
        $crate::provider::macros::scheme_provider! {
            $(#[$doc])*
            $name, $scheme
        }

        impl $name {
            /// Accepts nothing but the set-up request that hands over the secret, for
            /// [`Endpoint::on_setup_secret`]($crate::Endpoint::on_setup_secret). In settings: `"mode": "setup"` without `secrets`.
            #[must_use]
            pub const fn set_up() -> $crate::scheme::SetupVerifier {
                const SET_UP: $crate::scheme::SetupVerifier = match $scheme.set_up() {
                    Ok(verifier) => verifier,
                    Err(fault) => panic!("{}", fault),
                };
                SET_UP
            }
        }
    };
    ($(#[$doc:meta])* $name:ident, $scheme:expr $(, by $begin:path)?) => {
        const _: () = match $scheme.check() {
            Ok(()) => (),
            Err(fault) => panic!("{}", fault),
        };

        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub struct $name($crate::scheme::SchemeVerifier);

        impl $name {
            /// Accepts what any of these keys has signed.
            ///
            /// # Errors
            /// If there is no key, or one cannot be a secret of this sender.
            pub fn new(keys: impl $crate::IntoKeyring) -> Result<Self, $crate::ConfigError> {
                $scheme.verifier(keys).map(Self)
            }
        }

        $crate::provider::macros::verifies_by_inner!($name $(, $begin)?);
    };
}

/// A type verifies as what it holds does, but that a function of its own, if there is one, judges a head with what it holds.
macro_rules! verifies_by_inner {
    ($name:ident) => {
        $crate::provider::macros::verifies_by_inner!($name, $crate::Verifier::begin);
    };
    ($name:ident, $begin:path) => {
        impl $crate::Verifier for $name {
            fn provider(&self) -> $crate::Provider {
                self.0.provider()
            }

            fn key_prints(&self) -> Vec<$crate::KeyPrint> {
                self.0.key_prints()
            }

            fn replay_window(&self) -> Option<std::time::Duration> {
                self.0.replay_window()
            }

            fn begin(
                &self,
                head: &$crate::RequestHead<'_>,
                now: $crate::UnixTime,
            ) -> Result<$crate::BodyCheck, $crate::Answer> {
                $begin(&self.0, head, now)
            }

            fn body_limit(&self) -> Option<usize> {
                self.0.body_limit()
            }

            fn shows_secret(&self) -> Option<&dyn $crate::ShowsSecret> {
                self.0.shows_secret()
            }
        }
    };
}

/// The same for a sender that signs tokens with a hash of the body: what the type does is all in
/// [`TokenVerifier`](crate::verify::TokenVerifier).
macro_rules! token_provider {
    ($(#[$doc:meta])* $name:ident) => {
        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub struct $name($crate::verify::TokenVerifier);

        $crate::provider::macros::verifies_by_inner!($name);
    };
}

/// The same for a sender that shows a user name and a password: what the type does is all in [`Login`](crate::verify::Login).
macro_rules! basic_provider {
    ($(#[$doc:meta])* $name:ident, $names:expr) => {
        const _: () = match $names.check() {
            Ok(()) => (),
            Err(fault) => panic!("{}", fault),
        };

        $(#[$doc])*
        #[derive(Clone, Debug)]
        pub struct $name($crate::verify::Login);

        impl $name {
            /// Accepts this user name with any of these passwords.
            ///
            /// # Errors
            /// If the name or a password is empty, there is none, or the name holds a colon, which HTTP cannot express.
            pub fn new(
                username: impl Into<String>,
                passwords: impl $crate::IntoKeyring,
            ) -> Result<Self, $crate::ConfigError> {
                $crate::verify::Login::new($names, username, passwords).map(Self)
            }
        }

        $crate::provider::macros::verifies_by_inner!($name);
    };
}

/// The same for a sender that pushes through Google Pub/Sub: what the type does is all in [`Push`](crate::provider::google_pubsub::push::Push).
#[cfg(feature = "published-keys")]
macro_rules! push_provider {
    ($(#[$doc:meta])* $name:ident, $pusher:expr) => {
        $(#[$doc])*
        #[derive(Debug)]
        pub struct $name($crate::provider::google_pubsub::push::Push);

        impl $name {
            /// Accepts what Google says this service account sends to this audience.
            ///
            /// # Errors
            /// If the audience or the service account is empty.
            pub fn new(
                keys: impl $crate::published::KeySource + 'static,
                audience: impl Into<String>,
                service_account_email: impl Into<String>,
            ) -> Result<Self, $crate::ConfigError> {
                use $crate::provider::google_pubsub::push::Push;
                Push::new($pusher, keys, audience, service_account_email).map(Self)
            }

            /// Another tolerance than 10 seconds after a token's end and before its beginning.
            #[must_use]
            pub fn tolerance(self, tolerance: $crate::Tolerance) -> Self {
                Self(self.0.tolerance(tolerance))
            }

            pub(super) fn from_settings(
                settings: &$crate::Settings,
            ) -> Result<Self, $crate::ConfigError> {
                use $crate::provider::google_pubsub::push::Push;
                Push::from_settings($pusher, settings).map(Self)
            }
        }

        $crate::provider::macros::prefetches_by_id!($name, |push| Some(&push.0));

        impl $crate::resolver::Resolve for $name {
            fn require_storable(
                &self,
                storage: $crate::StorageKey,
            ) -> Result<(), $crate::ConfigError> {
                self.0.require_storable(storage)
            }

            fn prints(&self) -> Vec<$crate::KeyPrint> {
                self.0.prints()
            }

            fn resolve<'a>(
                &'a self,
                head: &$crate::RequestHead<'a>,
                now: $crate::UnixTime,
            ) -> $crate::resolver::ResolveFuture<'a> {
                self.0.resolve(head, now)
            }
        }
    };
}

/// A type gets published keys beforehand: those whose ids lead to this part of it, if it has one.
#[cfg(feature = "published-keys")]
macro_rules! prefetches_by_id {
    ($name:ident, |$own:ident| $keys:expr) => {
        impl $name {
            /// Gets the keys with these ids now, as of this time: at start, so that the first request finds them, and requests with
            /// ids that somebody made up cannot keep it waiting.
            ///
            /// # Errors
            /// If one cannot be had, or is not accepted. Those before it are kept.
            pub async fn prefetch(
                &self,
                ids: impl IntoIterator<Item = impl AsRef<str>>,
                now: $crate::UnixTime,
            ) -> Result<(), $crate::Rejection> {
                let $own = self;
                match $keys {
                    Some(keys) => keys.prefetch(ids, now).await,
                    None => Ok(()),
                }
            }
        }
    };
}

pub(crate) use {basic_provider, scheme_provider, token_provider, verifies_by_inner};
#[cfg(feature = "published-keys")]
pub(crate) use {prefetches_by_id, push_provider};
