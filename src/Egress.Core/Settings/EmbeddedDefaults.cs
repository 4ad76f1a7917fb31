namespace Egress.Settings;

/// <summary>The parts that the plain server provides itself in its data folder, because no setting configures them.</summary>
public sealed record EmbeddedDefaults
{
    /// <summary>Name of the SQLite file with the embedded records, in the data folder.</summary>
    public const string RecordsFile = "egress.db";

    /// <summary>The data folder, which contains the embedded parts.</summary>
    public string DataDirectory { get; internal init; } = "";

    /// <summary>Whether the server keeps records in <c>egress.db</c> in the data folder, a SQLite database that it creates.</summary>
    public bool Records { get; internal init; }

    /// <summary>Whether objects are files in the folder <c>files</c> in the data folder, which the server creates.</summary>
    public bool Storage { get; internal init; }

    /// <summary>Whether the server generates a signing secret and keeps it in the data folder.</summary>
    public bool SigningSecret { get; internal init; }

    /// <summary>The names of the settings of a remote storage that the operator set. If there is one, the server provides no parts itself.</summary>
    internal IReadOnlyList<string> RemoteStorageNames { get; init; } = [];
}
