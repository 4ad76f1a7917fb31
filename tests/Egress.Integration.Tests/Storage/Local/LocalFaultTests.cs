using Egress.Backends;
using Egress.Storage.Local;
using Xunit;

namespace Egress.Integration.Tests.Storage.Local;

public sealed class LocalFaultTests
{
    /// <summary>Creates the exception for an errno of Linux, which the base class library stores as the HResult.</summary>
    private static IOException Errno(int errno) => new("message", errno);

    public static TheoryData<Exception, BackendFault> Writing => new()
    {
        { new UnauthorizedAccessException(), BackendFault.Denied },
        { new PathTooLongException(), BackendFault.Malformed },
        { new DirectoryNotFoundException(), BackendFault.Malformed },
        { new FileNotFoundException(), BackendFault.Malformed },
        { new ArgumentOutOfRangeException("value"), BackendFault.Malformed },
        { Errno(17), BackendFault.Malformed }, // EEXIST
        { Errno(20), BackendFault.Malformed }, // ENOTDIR
        { Errno(21), BackendFault.Malformed }, // EISDIR
        { Errno(30), BackendFault.Denied }, // EROFS
        { Errno(39), BackendFault.Malformed }, // ENOTEMPTY
        { Errno(40), BackendFault.Malformed }, // ELOOP
        { Errno(5), BackendFault.Unavailable }, // EIO
        { Errno(28), BackendFault.Unavailable }, // ENOSPC
        { Errno(116), BackendFault.Unavailable }, // ESTALE
        { Errno(122), BackendFault.Unavailable }, // EDQUOT
    };

    [Theory]
    [MemberData(nameof(Writing), DisableDiscoveryEnumeration = true)]
    public void Only_temporary_failures_are_transient(Exception exception, BackendFault expected)
    {
        Assert.True(LocalFaults.IsOfWriting(exception));
        var fault = LocalFaults.NotWritten(exception, "bucket", "a.zip");
        Assert.Equal((expected, expected == BackendFault.Unavailable), (fault.Fault, fault.IsTransient));
    }

    [Fact]
    public void A_defect_of_a_caller_is_not_a_fault_of_the_disk()
    {
        Assert.False(LocalFaults.IsOfWriting(new ArgumentOutOfRangeException("offset")));
        Assert.False(LocalFaults.IsOfWriting(new InvalidOperationException()));
    }
}
