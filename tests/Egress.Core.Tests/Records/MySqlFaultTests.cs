using Egress.Backends;
using Egress.Records.Sql.MySql;
using MySqlConnector;
using Xunit;

namespace Egress.Core.Tests.Records;

/// <summary>Tests how errors of MySQL and MariaDB are translated into faults.</summary>
public sealed class MySqlFaultTests
{
    [Theory]
    [InlineData(1366)]
    [InlineData(1267)]
    [InlineData(3988)]
    public void Characters_that_a_column_cannot_hold_are_the_fault_of_the_value(int code) =>
        Assert.Equal(BackendFault.Malformed, MySqlFaults.Classify((MySqlErrorCode)code));
}
