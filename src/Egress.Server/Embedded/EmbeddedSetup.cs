using System.Security.Cryptography;
using Egress.Records.Sql.Sqlite;
using Egress.Settings;
using Microsoft.Data.Sqlite;

namespace Egress.Server.Embedded;

/// <summary>
/// Creates what the embedded default needs in <c>DATA_DIR</c>: the folder, a signing secret and, once, sample data. Several processes may start with
/// the same folder at the same time.
/// </summary>
internal static class EmbeddedSetup
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Creates what is missing. Existing files are not changed.</summary>
    /// <returns>The settings, with the generated secret if none was configured.</returns>
    public static async Task<EgressSettings> PrepareAsync(EgressSettings settings, CancellationToken cancellationToken)
    {
        if (!settings.Embedded.Records)
        {
            return settings;
        }

        Directory.CreateDirectory(settings.Server.DataDirectory);
        if (settings.Embedded.SigningSecret)
        {
            await CreateSecretOnceAsync(SecretFile(settings), cancellationToken);
        }

        settings = await UseAsync(settings, cancellationToken);

        // Creates the database file, because the server may query it before the first record is stored.
        var file = new SqliteConnectionStringBuilder { DataSource = Path.Combine(DataFolder(settings), EmbeddedDefaults.RecordsFile) };
        await SqliteFile.CreateAsync(file, settings.Records, cancellationToken);
        if (settings.Embedded.Storage)
        {
            await SampleData.CreateOnceAsync(settings, cancellationToken);
        }

        return settings;
    }

    /// <summary>Reads the data folder that a server has created.</summary>
    /// <returns>The settings, with the generated secret if none was configured.</returns>
    /// <exception cref="DirectoryNotFoundException">No server has used this folder yet.</exception>
    public static async Task<EgressSettings> UseAsync(EgressSettings settings, CancellationToken cancellationToken)
    {
        if (!settings.Embedded.Records)
        {
            return settings;
        }

        var folder = DataFolder(settings);
        if (!Directory.Exists(folder) || (settings.Embedded.SigningSecret && !File.Exists(SecretFile(settings))))
        {
            throw new DirectoryNotFoundException(
                $"No server has used the data folder {folder} yet. Run this command in the server's folder, or name the server's data folder by DATA_DIR. "
                + "If there is no server yet, start one first.");
        }

        return settings.Embedded.SigningSecret
            ? settings with { Signing = settings.Signing with { Secret = (await File.ReadAllTextAsync(SecretFile(settings), cancellationToken)).Trim() } }
            : settings;
    }

    /// <summary>The absolute path of the data folder.</summary>
    public static string DataFolder(EgressSettings settings) => Path.GetFullPath(settings.Server.DataDirectory);

    /// <summary>The file with the generated signing secret.</summary>
    public static string SecretFile(EgressSettings settings) => Path.Combine(DataFolder(settings), "signing-secret");

    /// <summary>
    /// Creates the secret unless it exists. Writes it to a temporary file first, so that processes that start at the same time read the same complete
    /// secret.
    /// </summary>
    private static async Task CreateSecretOnceAsync(string path, CancellationToken cancellationToken)
    {
        if (File.Exists(path))
        {
            return;
        }

        // The name has a GUID instead of the process id, because the id is 1 in each of several containers that share a volume.
        var draft = $"{path}.{Guid.NewGuid():N}";
        var options = new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write };
        if (!OperatingSystem.IsWindows())
        {
            options.UnixCreateMode = OwnerOnly;
        }

        await using (var file = new StreamWriter(draft, options))
        {
            await file.WriteAsync(RandomNumberGenerator.GetHexString(64, lowercase: true).AsMemory(), cancellationToken);
        }

        try
        {
            File.Move(draft, path, overwrite: false);
        }
        catch (IOException) when (File.Exists(path))
        {
            File.Delete(draft);
        }
    }
}
