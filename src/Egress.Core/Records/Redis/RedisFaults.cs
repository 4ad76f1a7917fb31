using System.Security.Authentication;
using Egress.Backends;
using StackExchange.Redis;

namespace Egress.Records.Redis;

/// <summary>Translates the exceptions of the driver, StackExchange.Redis.</summary>
internal static class RedisFaults
{
    public static BackendException From(Exception exception, string endpoint) =>
        new(Backend.Database, Classify(exception), $"{endpoint}: {exception.Message}", exception);

    private static BackendFault Classify(Exception exception) => exception switch
    {
        RedisServerException { Kind: var kind } => Classify(kind),
        // The server refused the credentials. The driver reports a refused certificate in the same way, but with an AuthenticationException as the
        // cause.
        RedisConnectionException { FailureType: ConnectionFailureType.AuthenticationFailure, InnerException: not AuthenticationException }
            => BackendFault.Denied,
        RedisConnectionException { InnerException: RedisException inner } => Classify(inner),
        TimeoutException => BackendFault.TimedOut,
        _ => BackendFault.Unavailable,
    };

    private static BackendFault Classify(RedisErrorKind kind) => kind switch
    {
        RedisErrorKind.NoAuth or RedisErrorKind.WrongPass or RedisErrorKind.NoPermission or RedisErrorKind.NotPermitted => BackendFault.Denied,
        RedisErrorKind.WrongType => BackendFault.Malformed,
        RedisErrorKind.MaxClients => BackendFault.Throttled,
        RedisErrorKind.Timeout => BackendFault.TimedOut,
        _ => BackendFault.Unavailable,
    };
}
