using System.Security.Authentication;
using Egress.Backends;
using StackExchange.Redis;

namespace Egress.Records.Redis;

/// <summary>Translates the exceptions of StackExchange.Redis.</summary>
internal static class RedisFaults
{
    public static BackendException From(Exception exception, string endpoint) =>
        new(Backend.Database, Classify(exception), $"{endpoint}: {exception.Message}", exception);

    private static BackendFault Classify(Exception exception) => exception switch
    {
        RedisServerException { Kind: var kind } => Classify(kind),
        // Either the server does not accept the credentials, or Egress does not accept its certificate.
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
