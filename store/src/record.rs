//! Rows whose canonical bytes are those of their fields, in order.

/// Declares such a row.
#[macro_export]
macro_rules! record {
    ($(#[$meta:meta])* $name:ident { $($(#[$doc:meta])* $field:ident: $type:ty,)* }) => {
        $(#[$meta])*
        #[derive(Clone, Debug, PartialEq, Eq)]
        pub struct $name { $($(#[$doc])* pub $field: $type,)* }

        impl tender_token::encode::Encode for $name {
            fn encode(&self, writer: &mut tender_token::encode::Writer) {
                $(writer.put(&self.$field);)*
            }
        }

        impl tender_token::encode::Decode for $name {
            fn decode(
                reader: &mut tender_token::encode::Reader<'_>,
            ) -> tender_token::error::Result<Self> {
                Ok(Self { $($field: reader.get()?,)* })
            }
        }
    };
}
