using System.Security.Cryptography;

namespace Egress.Server.Embedded;

/// <summary>Sets up what the embedded default provides under <c>DATA_DIR</c>: the folder, a signing secret and, once, sample data.</summary>
internal static class EmbeddedSetup
{
    private const UnixFileMode OwnerOnly = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    /// <summary>Creates what is missing; what is there stays as it is.</summary>
    /// <returns>The settings with the generated secret, where one is used.</returns>
    public static async Task<EgressSettings> PrepareAsync(EgressSettings settings, CancellationToken cancellationToken)
    {
        var embedded = settings.Embedded;
        if (!embedded.Records)
        {
            return settings;
        }

        Directory.CreateDirectory(settings.Server.DataDirectory);
        if (embedded.SigningSecret)
        {
            var secret = await SecretAsync(SecretFile(settings), cancellationToken);
            settings = settings with { Signing = settings.Signing with { Secret = secret } };
        }

        if (embedded.Storage)
        {
            await SampleData.CreateOnceAsync(settings, cancellationToken);
        }

        return settings;
    }

    /// <summary>Where the generated signing secret is kept.</summary>
    public static string SecretFile(EgressSettings settings) => Path.GetFullPath("signing-secret", Path.GetFullPath(settings.Server.DataDirectory));

    /// <summary>The secret of this data folder; written whole under another name first, so that two processes that start at once agree.</summary>
    private static async Task<string> SecretAsync(string path, CancellationToken cancellationToken)
    {
        if (!File.Exists(path))
        {
            var draft = $"{path}.{Environment.ProcessId}";
            var options = new FileStreamOptions { Mode = FileMode.Create, Access = FileAccess.Write };
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

        return (await File.ReadAllTextAsync(path, cancellationToken)).Trim();
    }
}
