//! The macro that declares the handle of a domain, the trait that handles implement, and the requests of their writes.

use std::{fmt::Display, hash::Hash};

pub(crate) use crate::write::Write;
use crate::{call::Call, client::Client, error::Result, generated::SingleField, write::Existing};

/// A client with the methods of one domain.
pub(crate) trait Handle: Clone + Send + Sync + 'static {
    fn on_client(client: Client) -> Self;

    fn client(&self) -> &Client;

    /// Returns a call that sends a query and converts its only field.
    ///
    /// `variables` is the result of checking the arguments. If it is an error, the call returns it and sends nothing.
    fn query<Op, T>(&self, variables: Result<Op::Variables>, convert: fn(Op::Field) -> T) -> Call<T>
    where
        Op: SingleField<Variables: Send> + 'static,
        T: 'static,
    {
        let client = self.client().clone();
        Call::new(async move { client.execute_field::<Op>(variables?).await.map(convert) })
    }

    /// Returns a call that runs `work` as one write.
    ///
    /// `checked` is the result of checking the arguments. If it is an error, the call returns it and sends nothing.
    fn mutate<T, Work>(
        &self,
        operation: &'static str,
        checked: Result<()>,
        work: impl FnOnce(Write<Self>) -> Work + Send + 'static,
    ) -> Call<T>
    where
        T: Send + 'static,
        Work: Future<Output = Result<T>> + Send + 'static,
    {
        let client = self.client().clone();
        Call::new(async move {
            checked?;
            let work =
                move |client, permit| work(Write::new(Self::on_client(client), permit, operation));
            client.write(client.deadline(), operation, work).await
        })
    }
}

impl<H: Handle> Write<H> {
    /// Sends an operation, once, and returns its only field.
    pub(crate) async fn execute_field<Op: SingleField>(
        &self,
        variables: Op::Variables,
    ) -> Result<Op::Field> {
        let client = self.client();
        let request = client.inner().transport.encode::<Op>(variables)?;
        let data = client.execute_in::<Op>(&request, self.permit()).await?;
        Ok(Op::field(*data))
    }

    /// Reads the objects that exist before this write creates another one.
    pub(crate) async fn existing<T, Id>(
        &self,
        objects: impl Future<Output = Result<Vec<T>>>,
    ) -> Result<Existing<Id>>
    where
        Id: Display + Eq + Hash + for<'a> From<&'a T>,
    {
        Ok(Existing::new(&objects.await?))
    }
}

/// Declares the handle of a domain, and the method of the client that returns it.
///
/// ```ignore
/// handle! {
///     /// Handle for the users of a wiki.
///     Users,
///     /// Returns the handle for users.
///     users
/// }
/// ```
macro_rules! handle {
    ($(#[$about:meta])* $handle:ident, $(#[$returns:meta])* $method:ident) => {
        $(#[$about])*
        ///
        /// A handle is cheap to create and to clone: it contains only a [`Client`](crate::Client).
        #[derive(Debug, Clone)]
        pub struct $handle {
            client: $crate::client::Client,
        }

        impl $crate::client::Client {
            $(#[$returns])*
            pub fn $method(&self) -> $handle {
                $handle {
                    client: self.clone(),
                }
            }
        }

        impl $crate::handle::Handle for $handle {
            fn on_client(client: $crate::client::Client) -> Self {
                Self { client }
            }

            fn client(&self) -> &$crate::client::Client {
                &self.client
            }
        }
    };
}

pub(crate) use handle;
