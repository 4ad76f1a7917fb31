using Azure.Core;
using Egress.Records.Urls;

namespace Egress.Records;

/// <summary>One kind of record store. Describes the URLs that select it, and creates the store.</summary>
/// <remarks>No member is called before a URL has one of the <see cref="Schemes"/>, so that only the driver in use is loaded.</remarks>
internal interface IRecordStoreKind
{
    /// <summary>The name of the kind. In lower case it is the value of the metric label <c>db_type</c>.</summary>
    string Name { get; }

    /// <summary>The schemes of its URLs, in lower case.</summary>
    IReadOnlyList<string> Schemes { get; }

    /// <summary>The formats of its URLs, for messages and documentation.</summary>
    IReadOnlyList<string> Forms { get; }

    /// <summary>Whether its URLs name a file instead of a server.</summary>
    bool IsFile { get; }

    /// <summary>Checks a URL with one of the schemes, including its options. Opens no connection.</summary>
    /// <returns>The options that have no effect.</returns>
    /// <exception cref="FormatException">The URL is not valid. The message names the fault and the allowed values, and quotes neither the URL nor a
    /// password.</exception>
    /// <exception cref="ArgumentException">The driver refuses a host or an option.</exception>
    IReadOnlyList<string> Check(ConnectionUrl url);

    /// <summary>Creates the store. No connection is opened before the first call.</summary>
    /// <param name="url">A URL that was checked.</param>
    /// <param name="options">Names, limits and size of the pool.</param>
    /// <param name="time">Measures the time limits.</param>
    /// <param name="credential">The identity for <see cref="RecordStoreAuthentication.Entra"/>; null for the identity of the process.</param>
    RecordBackend Create(RecordStoreUrl url, RecordStoreOptions options, TimeProvider time, TokenCredential? credential);
}
