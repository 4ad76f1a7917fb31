using System.Globalization;
using Azure.Core;
using Egress.Records.Sql.Tables;
using Microsoft.Extensions.Logging;

namespace Egress.Records;

/// <summary>Creates the store that a connection URL selects. No connection is opened before the first call of the store.</summary>
internal static partial class RecordStoreFactory
{
    /// <summary>Creates a store.</summary>
    /// <param name="options">Connection URL and names.</param>
    /// <param name="time">Measures the time limits.</param>
    /// <param name="loggers">Creates the logger that warns about options of the URL without an effect.</param>
    /// <param name="credential">The identity for <see cref="RecordStoreAuthentication.Entra"/>; null for the identity of the process.</param>
    /// <returns>The store; disposing it closes its connections.</returns>
    /// <exception cref="FormatException">The URL or a name is not valid. The message names the allowed values and contains no secret.</exception>
    public static RecordBackend Create(
        RecordStoreOptions options, TimeProvider time, ILoggerFactory loggers, TokenCredential? credential = null)
    {
        CheckName(nameof(options.TableName), options.TableName, SqlNames.CheckTable(options.TableName));
        CheckName(nameof(options.IdField), options.IdField, SqlNames.CheckColumn(options.IdField));
        var url = RecordStoreUrl.Parse(options.Url);
        if (url.Warning is not null)
        {
            LogWithoutEffect(loggers.CreateLogger(typeof(RecordStoreFactory)), url.Warning);
        }

        return url.Kind.Create(url, options, time, credential);
    }

    private static void CheckName(string option, string name, string? allowed)
    {
        if (allowed is not null)
        {
            throw new FormatException(string.Create(CultureInfo.InvariantCulture, $"{option} is '{name}'; allowed: {allowed}."));
        }
    }

    [LoggerMessage(EventId = 3001, Level = LogLevel.Warning, Message = "{Warning}")]
    private static partial void LogWithoutEffect(ILogger logger, string warning);
}
