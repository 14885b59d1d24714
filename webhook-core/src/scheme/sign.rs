//! The engine backwards: signs as the sender does. For tests.

use serde_json::Value;

use crate::account::Secret;
use crate::crypto::PreparedKey;
#[cfg(feature = "asymmetric")]
use crate::crypto::key_bytes;
use crate::crypto::{Algorithm, Encoding};
use crate::outcome::ConfigError;
use crate::request::Field;
use crate::request::{field_in_body, is_form};
use crate::request::{form_field, path_of};
use crate::scheme::handshake::Condition;
use crate::scheme::model::{Scheme, Source};
use crate::scheme::part::Part;
use crate::scheme::timestamp::TimeSource;
use crate::time::UnixTime;

/// A scheme with everything that the sender would fill in.
#[derive(Clone)]
pub(crate) struct Signing {
    pub(crate) scheme: Scheme,
    pub(crate) secret: Secret,
    pub(crate) method: String,
    pub(crate) target: String,
    pub(crate) public_url: Option<String>,
    pub(crate) header_name: Option<String>,
    pub(crate) parameter_name: Option<String>,
    pub(crate) key_id: String,
    pub(crate) settings: Vec<(String, String)>,
    pub(crate) headers: Vec<(String, String)>,
    /// What else is written, each at the first of its places unless something stands at one of them.
    pub(crate) values: Vec<(&'static [Field], String)>,
}

/// The target, the headers and the body of a request with its signature.
pub(crate) struct Signed {
    pub(crate) target: String,
    pub(crate) headers: Vec<(String, String)>,
    pub(crate) body: Vec<u8>,
}

impl Signing {
    pub(crate) fn sign(&self, body: &[u8], now: UnixTime) -> Result<Signed, ConfigError> {
        let scheme = &self.scheme;
        let time = scheme.timestamp.unit.write(now);
        let mut signed = Signed {
            target: self.target.clone(),
            headers: self.headers.clone(),
            body: body.to_vec(),
        };
        for (fields, value) in &self.values {
            signed.set_absent(fields, value)?;
        }
        for condition in scheme.required {
            match *condition {
                Condition::Equals(field, value) => signed.set(field, value)?,
                Condition::Present(field) => signed.set_absent(&[field], "test")?,
            }
        }
        match scheme.timestamp.source {
            TimeSource::Header(name) => signed.set(Field::Header(name), &time)?,
            TimeSource::FirstOf([first, ..]) => signed.set(*first, &time)?,
            _ => {}
        }
        if let [first, ..] = scheme.key_id {
            signed.set(*first, &self.key_id)?;
        }
        let content = self.content(&signed, &time)?;
        let code = self.code(&content)?;
        let code = match scheme.signature.credentials {
            Some(word) => format!("{word} {}:{code}", self.key_id),
            None => format!("{}{code}", scheme.signature.prefix),
        };
        let separator = scheme.signature.split.map_or(',', char::from);
        let value = match scheme.timestamp.source {
            TimeSource::Entry(prefix) => format!("{prefix}{time}{separator}{code}"),
            TimeSource::FirstEntry => format!("{time}{separator}{code}"),
            _ => code,
        };
        let place = match scheme.signature.source {
            Source::Header(name) => Field::Header(name),
            Source::FirstOf([first, ..]) => *first,
            Source::Parameter(name) => {
                signed.set_parameter(self.parameter_name.as_deref().unwrap_or(name), &value);
                return Ok(signed);
            }
            Source::FirstOf([]) => return Err(ConfigError::fixed("the signature has no place")),
            Source::Numbered(stem) => {
                signed.headers.push((format!("{stem}1"), value));
                return Ok(signed);
            }
            Source::Configured => {
                let name = self
                    .header_name
                    .clone()
                    .unwrap_or_else(|| "authorization".to_owned());
                signed.headers.push((name, value));
                return Ok(signed);
            }
        };
        signed.set(place, &value)?;
        Ok(signed)
    }

    fn content(&self, signed: &Signed, time: &str) -> Result<Vec<u8>, ConfigError> {
        let mut content = Vec::new();
        for part in self.scheme.content {
            match part {
                Part::Literal(text) => content.extend_from_slice(text.as_bytes()),
                Part::Body => content.extend_from_slice(&signed.body),
                Part::BodyDigest(hash, encoding) => {
                    let digest = encoding.encode(&hash.of(&signed.body));
                    content.extend_from_slice(digest.as_bytes());
                }
                Part::Secret => content.extend_from_slice(self.secret.expose().as_bytes()),
                Part::Setting(name) => {
                    let mut settings = self.settings.iter();
                    let set = settings.find(|(own, _)| own == name);
                    let (_, text) = set.ok_or_else(|| ConfigError::missing(name))?;
                    content.extend_from_slice(text.as_bytes());
                }
                Part::Path => {
                    let path = path_of(self.public_url.as_deref().unwrap_or(&signed.target));
                    content.extend_from_slice(path.as_bytes());
                }
                Part::Timestamp => content.extend_from_slice(time.as_bytes()),
                Part::Method => content.extend_from_slice(self.method.as_bytes()),
                Part::PublicUrl => {
                    let url = self.public_url.as_deref();
                    let url = url.ok_or(ConfigError::fixed("the scheme signs the public URL"))?;
                    content.extend_from_slice(url.as_bytes());
                }
                Part::FirstOf(fields) => {
                    let mut values = fields.iter().filter_map(|field| signed.get(*field));
                    let value = values.next();
                    let value = value.ok_or(ConfigError::fixed("a signed field is absent"))?;
                    content.extend_from_slice(value.as_bytes());
                }
            }
        }
        Ok(content)
    }

    fn code(&self, content: &[u8]) -> Result<String, ConfigError> {
        let scheme = &self.scheme;
        let code = match scheme.algorithm {
            Algorithm::Token => return Ok(self.secret.expose().to_owned()),
            #[cfg(feature = "asymmetric")]
            Algorithm::Ed25519 => {
                let seed = key_bytes(scheme.key, &self.secret)?;
                let pair = ring::signature::Ed25519KeyPair::from_seed_unchecked(&seed)
                    .map_err(|_| ConfigError::fixed("an Ed25519 seed has 32 bytes"))?;
                pair.sign(content).as_ref().to_vec()
            }
            #[cfg(feature = "asymmetric")]
            Algorithm::EcdsaP256 => {
                use ring::signature::{ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair};
                let pkcs8 = key_bytes(scheme.key, &self.secret)?;
                let random = ring::rand::SystemRandom::new();
                let pair =
                    EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, &pkcs8, &random)
                        .map_err(|_| ConfigError::fixed("this is not a P-256 key in PKCS#8"))?;
                let signature = pair.sign(&random, content);
                signature
                    .map_err(|_| ConfigError::fixed("no randomness"))?
                    .as_ref()
                    .to_vec()
            }
            algorithm => {
                let key = PreparedKey::new(algorithm, scheme.key, &self.secret)?;
                let code = key.code_of([content]);
                code.map(|code| code.bytes().to_vec()).unwrap_or_default()
            }
        };
        Ok(match scheme.signature.encoding {
            Encoding::Text => Encoding::Hex.encode(&code),
            encoding => encoding.encode(&code),
        })
    }
}

impl Signed {
    fn get(&self, field: Field) -> Option<String> {
        match field {
            Field::Header(name) => {
                let mut lines = self.headers.iter().filter(|(own, _)| own == name);
                lines.next().map(|(_, value)| value.clone())
            }
            Field::Query(name) => {
                let (_, query) = self.target.split_once('?')?;
                let found = form_field(query.as_bytes(), name);
                found.ok().flatten().map(String::from)
            }
            Field::Json(_) | Field::Form(_) => {
                let body = bytes::Bytes::copy_from_slice(&self.body);
                field_in_body(&body, field).ok().flatten().map(String::from)
            }
        }
    }

    fn set_absent(&mut self, fields: &[Field], value: &str) -> Result<(), ConfigError> {
        let is_there = fields.iter().any(|field| self.get(*field).is_some());
        match fields.first() {
            Some(first) if !is_there => self.set(*first, value),
            _ => Ok(()),
        }
    }

    /// Puts a value at its place instead of what stands there; into a JSON body, as the sender would have written it.
    fn set(&mut self, field: Field, value: &str) -> Result<(), ConfigError> {
        const NOT_JSON: ConfigError = ConfigError::fixed("the body must be a JSON object");
        const NOT_A_FORM: ConfigError = ConfigError::fixed("the body must be a form");
        match field {
            Field::Header(name) => {
                self.headers.retain(|(own, _)| own != name);
                self.headers.push((name.to_owned(), value.to_owned()));
            }
            Field::Json(pointer) => {
                let mut document: Value =
                    serde_json::from_slice(&self.body).map_err(|_| NOT_JSON)?;
                let mut place = &mut document;
                for step in pointer.split('/').skip(1) {
                    let object = place.as_object_mut().ok_or(NOT_JSON)?;
                    place = object
                        .entry(step)
                        .or_insert_with(|| Value::Object(serde_json::Map::new()));
                }
                *place = match value.parse::<i64>() {
                    Ok(number) if number.to_string() == value => number.into(),
                    _ => value.into(),
                };
                self.body = document.to_string().into_bytes();
            }
            Field::Query(name) => self.set_parameter(name, value),
            Field::Form(name) => {
                let form = std::str::from_utf8(&self.body).map_err(|_| NOT_A_FORM)?;
                if !is_form(form.as_bytes()) {
                    return Err(NOT_A_FORM);
                }
                self.body = with_field(form, name, value).into_bytes();
            }
        }
        Ok(())
    }

    fn set_parameter(&mut self, name: &str, value: &str) {
        let (path, query) = self.target.split_once('?').unwrap_or((&self.target, ""));
        self.target = format!("{path}?{}", with_field(query, name, value));
    }
}

/// A form with this field at its end, and nowhere else.
fn with_field(form: &str, name: &str, value: &str) -> String {
    let is_another = |pair: &&str| {
        let mut read = form_urlencoded::parse(pair.as_bytes());
        !pair.is_empty() && read.next().is_some_and(|(own, _)| own != name)
    };
    let mut pairs: Vec<String> = form
        .split('&')
        .filter(is_another)
        .map(String::from)
        .collect();
    let mut own = form_urlencoded::Serializer::new(String::new());
    pairs.push(own.append_pair(name, value).finish());
    pairs.join("&")
}
