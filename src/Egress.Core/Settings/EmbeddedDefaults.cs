namespace Egress.Settings;

/// <summary>The parts that the plain server provides itself in its data folder, because no setting configures them.</summary>
public sealed record EmbeddedDefaults
{
    /// <summary>Name of the SQLite file with the embedded records, in the data folder.</summary>
    public const string RecordsFile = "egress.db";

    /// <summary>Folder of the embedded parts.</summary>
    public string DataDirectory { get; internal init; } = "";

    /// <summary>Records are in <c>egress.db</c> in the data folder, a SQLite database that the server creates.</summary>
    public bool Records { get; internal init; }

    /// <summary>Objects are files in <c>files</c> in the data folder, which the server creates.</summary>
    public bool Storage { get; internal init; }

    /// <summary>The server generates a signing secret and keeps it in the data folder.</summary>
    public bool SigningSecret { get; internal init; }

    /// <summary>The settings of a remote storage that the operator set. With one of them nothing is embedded.</summary>
    internal IReadOnlyList<string> RemoteStorageNames { get; init; } = [];
}
