using System.Data.Common;
using Azure.Identity;
using Egress.Backends;
using Npgsql;

namespace Egress.Records.Sql.Postgres;

/// <summary>Translates the exceptions of Npgsql. Appendix A of the PostgreSQL documentation lists the error codes.</summary>
internal static class PostgresFaults
{
    public static BackendFault Classify(Exception exception) => exception switch
    {
        PostgresException { SqlState: var state } => Classify(state),
        NpgsqlException { InnerException: TimeoutException } or TimeoutException => BackendFault.TimedOut,
        // No token could be obtained, because the identity is wrong or missing. CredentialUnavailableException is derived from the first type.
        AuthenticationFailedException or DbException { InnerException: AuthenticationFailedException } => BackendFault.Denied,
        DbException { InnerException: PostgresException { SqlState: var state } } => Classify(state),
        _ => BackendFault.Unavailable,
    };

    private static BackendFault Classify(string state) => state switch
    {
        PostgresErrorCodes.InsufficientPrivilege => BackendFault.Denied,
        PostgresErrorCodes.TooManyConnections => BackendFault.Throttled,
        PostgresErrorCodes.QueryCanceled or PostgresErrorCodes.LockNotAvailable => BackendFault.TimedOut,
        PostgresErrorCodes.InvalidCatalogName => BackendFault.Unavailable,
        _ => state[..2] switch
        {
            // Class 28 means that the authorization is invalid.
            "28" => BackendFault.Denied,
            // Classes 22, 23 and 42 mean that the statement does not fit the table or the values in it.
            "22" or "23" or "42" => BackendFault.Malformed,
            _ => BackendFault.Unavailable,
        },
    };
}
