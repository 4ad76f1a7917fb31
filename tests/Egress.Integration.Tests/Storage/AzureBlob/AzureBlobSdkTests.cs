namespace Egress.Integration.Tests.Storage.AzureBlob;

/// <summary>As <see cref="AzureBlobStorageTests"/>, when the SDK's client makes all requests.</summary>
public sealed class AzureBlobSdkStorageTests : AzureBlobStorageTests
{
    protected override bool ReadsWithSdk => true;
}

/// <summary>As <see cref="AzureBlobOddKeyTests"/>, when the SDK's client makes all requests.</summary>
public sealed class AzureBlobSdkOddKeyTests : AzureBlobOddKeyTests
{
    protected override bool ReadsWithSdk => true;
}

/// <summary>As <see cref="AzureBlobStorageFaultTests"/>, when the SDK's client makes all requests.</summary>
public sealed class AzureBlobSdkStorageFaultTests : AzureBlobStorageFaultTests
{
    protected override bool ReadsWithSdk => true;
}

/// <summary>As <see cref="AzureBlobWireTests"/>, when the SDK's client makes all requests.</summary>
public sealed class AzureBlobSdkWireTests : AzureBlobWireTests
{
    protected override bool ReadsWithSdk => true;
}
