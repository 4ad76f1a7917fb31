using System.Runtime.InteropServices;
using Egress.Backends;
using Egress.Storage;
using Xunit;

namespace Egress.Core.Tests.Storage.Local;

/// <summary>Tests of pipes, sockets, devices and permissions on Linux.</summary>
public sealed class LinuxSpecialFileTests : IDisposable
{
    private const uint Nobody = 65534;
    private readonly LocalFolder _folder = new();

    public void Dispose() => _folder.Dispose();

    private static CancellationToken Stop => TestContext.Current.CancellationToken;

    private async Task<BackendException> OpenFaultAsync(string key)
    {
        var storage = _folder.Open(portable: false);
        Assert.Null(Assert.Single(await storage.LookUpAllAsync([new ObjectLocation("", key)], Stop)));
        return await Assert.ThrowsAsync<BackendException>(async () => await storage.OpenAsync(new ObjectLocation("", key), ObjectRange.All, Stop));
    }

    [Fact]
    public async Task A_pipe_without_a_writer_is_a_fault_and_does_not_wait()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Named pipes are made with mkfifo.");
        Assert.Equal(0, mkfifo(_folder.At("pipe"), 0x1B6));
        Assert.Equal(BackendFault.Malformed, (await OpenFaultAsync("pipe")).Fault);
        Assert.Empty(await _folder.Open(portable: false).ListAsync(new ObjectPrefix("", ""), Stop).ToListAsync(Stop));
    }

    [Fact]
    public async Task A_socket_is_a_fault()
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "Opening a socket by path fails differently elsewhere.");
        using var socket = new System.Net.Sockets.Socket(
            System.Net.Sockets.AddressFamily.Unix, System.Net.Sockets.SocketType.Stream, System.Net.Sockets.ProtocolType.Unspecified);
        socket.Bind(new System.Net.Sockets.UnixDomainSocketEndPoint(_folder.At("socket")));
        Assert.Equal(BackendFault.Malformed, (await OpenFaultAsync("socket")).Fault);
    }

    [Theory]
    [InlineData("null")]
    [InlineData("zero")]
    [InlineData("tty")]
    public async Task A_device_is_a_fault(string key)
    {
        Assert.SkipUnless(OperatingSystem.IsLinux(), "/dev is Linux's here.");
        var storage = LocalFolder.Open("/dev", portable: false);
        var fault = await Assert.ThrowsAsync<BackendException>(
            async () => await storage.OpenAsync(new ObjectLocation("", key), ObjectRange.All, Stop));
        Assert.Equal(BackendFault.Malformed, fault.Fault);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public void A_file_without_read_permission_is_denied(bool portable)
    {
        if (!OperatingSystem.IsLinux())
        {
            Assert.Skip("Needs Linux's permissions.");
            return;
        }

        File.SetUnixFileMode(_folder.Write("closed.txt", "x"), UnixFileMode.None);
        _folder.Write("folder/a.txt", "x");
        File.SetUnixFileMode(_folder.At("folder"), UnixFileMode.None);
        File.SetUnixFileMode(Path.GetDirectoryName(_folder.Root)!, (UnixFileMode)0x1ED);
        var storage = _folder.Open(portable);

        // Calls of the local storage complete on the calling thread, so the test can run them as a user without root's privileges.
        AsNobody(() =>
        {
            foreach (var key in (string[])["closed.txt", "folder/a.txt", "folder/gone.txt"])
            {
                var lookUp = storage.LookUpAsync(new ObjectLocation("", key), Stop);
                Assert.True(lookUp.IsFaulted, key);
                Assert.Equal(BackendFault.Denied, Assert.IsType<BackendException>(lookUp.AsTask().Exception!.InnerException).Fault);
                var batch = storage.LookUpAllAsync([new ObjectLocation("", key)], Stop);
                Assert.Null(Assert.Single(batch.AsTask().Result));
            }

            var listing = Assert.Throws<BackendException>(
                () => storage.ListAsync(new ObjectPrefix("", ""), Stop).ToBlockingEnumerable(Stop).ToList());
            Assert.Equal(BackendFault.Denied, listing.Fault);
        });
        File.SetUnixFileMode(_folder.At("folder"), (UnixFileMode)0x1ED);
    }

    private static void AsNobody(Action action)
    {
        var before = setfsuid(Nobody);
        try
        {
            action();
        }
        finally
        {
            _ = setfsuid((uint)before);
        }
    }

    [DllImport("libc")]
    private static extern int mkfifo([MarshalAs(UnmanagedType.LPUTF8Str)] string path, uint mode);

    /// <summary>Changes the user of this thread for file access only, and removes root's right to bypass permissions.</summary>
    [DllImport("libc")]
    private static extern int setfsuid(uint user);
}
