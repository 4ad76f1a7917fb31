namespace Egress.Integration.Tests.Storage.S3;

/// <summary>As <see cref="S3StorageTests"/>, when the SDK makes all requests.</summary>
public sealed class S3SdkStorageTests : S3StorageTests
{
    protected override bool ReadsWithSdk => true;
}

/// <summary>As <see cref="S3OddKeyTests"/>, when the SDK makes all requests.</summary>
public sealed class S3SdkOddKeyTests : S3OddKeyTests
{
    protected override bool ReadsWithSdk => true;
}

/// <summary>As <see cref="S3StorageFaultTests"/>, when the SDK makes all requests.</summary>
public sealed class S3SdkStorageFaultTests : S3StorageFaultTests
{
    protected override bool ReadsWithSdk => true;
}

/// <summary>As <see cref="S3WireTests"/>, when the SDK makes all requests.</summary>
public sealed class S3SdkWireTests : S3WireTests
{
    protected override bool ReadsWithSdk => true;
}
