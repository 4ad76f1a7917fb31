using Egress.Storage.Local;
using Egress.TestKit;

namespace Egress.Integration.Tests.Storage.Local;

public sealed class LocalOddKeyTests : OddKeyContract
{
    private readonly TempFolder _folder = new();

    public override ValueTask InitializeAsync()
    {
        Storage = new LocalStorage(new LocalRoot(_folder.Path));
        Bucket = "bucket";
        Directory.CreateDirectory(_folder[Bucket]);
        Directory.CreateDirectory(_folder["other"]);
        File.WriteAllText(_folder["other/a.jpg"], "of another bucket");
        return ValueTask.CompletedTask;
    }

    public override async ValueTask DisposeAsync()
    {
        await _folder.DisposeAsync();
        await base.DisposeAsync();
    }

    /// <summary>Whether two keys are the same path. Leading and doubled slashes do not change it.</summary>
    protected override bool AreSame(string key, string other) =>
        Path.GetFullPath(Path.Join("/", key)) == Path.GetFullPath(Path.Join("/", other));

    protected override async Task<bool> TryPutAsync(string key, byte[] content)
    {
        try
        {
            await _folder.WriteAsync(Path.Join(Bucket, key), content);
            return true;
        }
        catch (Exception refusal) when (refusal is IOException or UnauthorizedAccessException)
        {
            return false; // the key is a folder, or a name in it is too long
        }
    }
}
