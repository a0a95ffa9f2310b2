//! The macro that declares the handle of a domain, the trait that handles implement, and their writes.

use std::ops::Deref;
#[cfg(any(feature = "admin", feature = "comments", feature = "users"))]
use std::{fmt::Display, hash::Hash};

#[cfg(any(feature = "admin", feature = "comments", feature = "users"))]
use crate::write::Existing;
use crate::{
    call::Call,
    client::Client,
    error::{Error, Result},
    generated::SingleField,
    transport::WritePermit,
    write::{self, Observation, Response, observe_earlier, write_and_reconcile},
};

/// A client with the methods of one domain.
pub(crate) trait Handle: Clone + Send + Sync + 'static {
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
        Call::on(self, move |handle| async move {
            checked?;
            let client = handle.client().clone();
            let work = move |permit| work(Write::new(handle, permit, operation));
            client.write(operation, work).await
        })
    }
}

/// A handle that holds the write permit.
pub(crate) struct Write<H> {
    handle: H,
    permit: WritePermit,
    operation: &'static str,
}

impl<H> Deref for Write<H> {
    type Target = H;

    fn deref(&self) -> &H {
        &self.handle
    }
}

impl<H: Handle> Write<H> {
    pub(crate) fn new(handle: H, permit: WritePermit, operation: &'static str) -> Self {
        Self {
            handle,
            permit,
            operation,
        }
    }

    pub(crate) fn permit(&self) -> &WritePermit {
        &self.permit
    }

    /// Creates the target of the operation of this write.
    pub(crate) fn target(&self, object: impl Into<String>) -> write::Target {
        write::Target::new(self.operation, object)
    }

    /// Sends an operation, once, and returns its only field.
    pub(crate) async fn execute_field<Op: SingleField>(
        &self,
        variables: Op::Variables,
    ) -> Result<Op::Field> {
        let client = self.handle.client();
        let data = client.execute_in::<Op>(&self.permit, variables).await?;
        Ok(Op::field(data))
    }

    /// Sends a mutation, and observes the wiki if the response does not determine the outcome. See
    /// [`write_and_reconcile`].
    pub(crate) async fn reconcile<T, Sending, Observing>(
        &self,
        target: write::Target,
        send: impl Fn() -> Sending,
        observe: impl Fn(Response) -> Observing,
    ) -> Result<T>
    where
        Sending: Future<Output = Result<Option<T>>>,
        Observing: Future<Output = Result<Observation<T>>>,
    {
        write_and_reconcile(self.handle.client(), &self.permit, &target, send, observe).await
    }

    /// Observes the outcome of a mutation that an earlier run of the program sent and whose response was lost. See
    /// [`observe_earlier`].
    pub(crate) async fn observe_lost<T, Observing>(
        &self,
        observe: impl Fn(Response) -> Observing,
    ) -> Result<Observation<T>>
    where
        Observing: Future<Output = Result<Observation<T>>>,
    {
        observe_earlier(self.handle.client(), &self.permit, observe).await
    }

    /// Deletes an object by its id.
    ///
    /// `exists` reads whether the object exists: without a response before the mutation, and with it afterwards. The
    /// first read interprets the response "not found": either the object was absent before, or a proxy delivered the
    /// mutation twice and passed on the second response. It also interprets a missing object after a lost response,
    /// which this write has deleted only if it existed before: lists omit what the caller may not read.
    pub(crate) async fn delete_object<Sending, Reading>(
        &self,
        target: write::Target,
        send: impl Fn() -> Sending,
        exists: impl Fn(Option<Response>) -> Reading,
    ) -> Result<()>
    where
        Sending: Future<Output = Result<Option<()>>>,
        Reading: Future<Output = Result<bool>>,
    {
        let existed = exists(None).await;
        let has_existed = matches!(existed, Ok(true));
        let target = target
            .automatic()
            .refused_if_executed_after(existed, Error::is_not_found)?;
        let observe = async |response| {
            Ok(if exists(Some(response)).await? {
                Observation::Unchanged
            } else if has_existed {
                Observation::Applied(())
            } else {
                Observation::Hidden
            })
        };
        self.reconcile(target, send, observe).await
    }

    /// Sends a mutation that changes a value to an unknown one, and returns the new value.
    #[cfg(feature = "admin")]
    pub(crate) async fn renew<T: PartialEq, Sending, Reading>(
        &self,
        target: write::Target,
        send: impl Fn() -> Sending,
        read: impl Fn() -> Reading,
    ) -> Result<T>
    where
        Sending: Future<Output = Result<Option<T>>>,
        Reading: Future<Output = Result<T>>,
    {
        let before = read().await?;
        let observe = |_| async { Ok(Some(read().await?).filter(|now| *now != before).into()) };
        self.reconcile(target, send, observe).await
    }

    /// Reads the objects that exist before this write creates another one.
    #[cfg(any(feature = "admin", feature = "comments", feature = "users"))]
    pub(crate) async fn existing<T, Id>(
        &self,
        objects: impl Future<Output = Result<Vec<T>>>,
    ) -> Result<Existing<Id>>
    where
        Id: Display + Eq + Hash + for<'a> From<&'a T>,
    {
        let begun = self.handle.client().inner().transport.server_time();
        Ok(Existing::new(begun, &objects.await?))
    }

    /// Sends a mutation whose effect cannot be observed with the API.
    pub(crate) async fn send_unobserved<T, Sending>(
        &self,
        target: write::Target,
        send: impl Fn() -> Sending,
    ) -> Result<T>
    where
        Sending: Future<Output = Result<Option<T>>>,
    {
        let observe = |_| async { Ok(Observation::Hidden) };
        self.reconcile(target, send, observe).await
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
            fn client(&self) -> &$crate::client::Client {
                &self.client
            }
        }
    };
}

pub(crate) use handle;
