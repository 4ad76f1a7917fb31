using System.Buffers.Binary;
using System.Runtime.InteropServices;
using Egress.Storage.Local.Linux;
using Xunit;

namespace Egress.Core.Tests.Storage.Local;

public sealed class FileStatusTests
{
    private const int ModifiedSeconds = 112;
    private const int StatusLength = 256;

    [Theory]
    [InlineData(0, 1970)]
    [InlineData(999_999_999_999, 9999)]
    [InlineData(-99_999_999_999, 1)]
    [InlineData(long.MaxValue, 9999)]
    [InlineData(long.MinValue, 1)]
    public void A_time_of_any_file_system_is_clamped_to_the_years_that_a_date_can_hold(long seconds, int year)
    {
        var bytes = new byte[StatusLength];
        BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(ModifiedSeconds), seconds);
        Assert.Equal(year, MemoryMarshal.Read<FileStatus>(bytes).Version.Modified.Year);
    }
}
