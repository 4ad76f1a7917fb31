using Egress.Backends;
using MySqlConnector;

namespace Egress.Records.Sql.MySql;

/// <summary>Translates the exceptions of MySqlConnector.</summary>
internal static class MySqlFaults
{
    // Error codes of the server that have no clear name in MySqlErrorCode. The pages "Error codes" of MariaDB and MySQL describe them.
    private const MySqlErrorCode WithoutPassword = (MySqlErrorCode)1698;
    private const MySqlErrorCode AccountLocked = (MySqlErrorCode)3118;
    private const MySqlErrorCode MixedCollations = (MySqlErrorCode)1267;
    private const MySqlErrorCode CannotConvertCharacters = (MySqlErrorCode)3988;
    private const MySqlErrorCode StatementTimeoutOfMariaDb = (MySqlErrorCode)1969;

    public static BackendFault Classify(Exception exception) => exception switch
    {
        MySqlException { ErrorCode: var code } => Classify(code),
        TimeoutException => BackendFault.TimedOut,
        _ => BackendFault.Unavailable,
    };

    /// <summary>Returns the kind of failure for an error code of the server.</summary>
    internal static BackendFault Classify(MySqlErrorCode code) => code switch
    {
        MySqlErrorCode.AccessDenied or MySqlErrorCode.DatabaseAccessDenied or MySqlErrorCode.TableAccessDenied
            or MySqlErrorCode.ColumnAccessDenied or MySqlErrorCode.HostNotPrivileged or MySqlErrorCode.SpecifiedAccessDeniedError
            or WithoutPassword or AccountLocked => BackendFault.Denied,
        MySqlErrorCode.ConnectionCountError or MySqlErrorCode.TooManyUserConnections or MySqlErrorCode.UserLimitReached
            => BackendFault.Throttled,
        MySqlErrorCode.CommandTimeoutExpired or MySqlErrorCode.QueryInterrupted or MySqlErrorCode.QueryTimeout
            or MySqlErrorCode.LockWaitTimeout or StatementTimeoutOfMariaDb => BackendFault.TimedOut,
        MySqlErrorCode.NoSuchTable or MySqlErrorCode.BadFieldError or MySqlErrorCode.DataTooLong or MySqlErrorCode.WarningDataOutOfRange
            or MySqlErrorCode.NoDefaultForField or MySqlErrorCode.ColumnCannotBeNull
            or MySqlErrorCode.TruncatedWrongValueForField or MixedCollations or CannotConvertCharacters => BackendFault.Malformed,
        _ => BackendFault.Unavailable,
    };
}
