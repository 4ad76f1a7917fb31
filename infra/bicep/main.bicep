metadata name = 'Egress'
metadata description = 'Egress as a function app on Flex Consumption, with an identity instead of keys. docs/deploy.md describes how to use it.'

targetScope = 'resourceGroup'

@description('Name of the environment, from which the names of the resources are made.')
@minLength(1)
@maxLength(32)
param environmentName string

// The regions that support Flex Consumption and .NET 10, from: az functionapp list-flexconsumption-locations.
@description('Region of all resources.')
@allowed([
  'australiaeast'
  'australiasoutheast'
  'brazilsouth'
  'canadacentral'
  'centralindia'
  'centralus'
  'eastasia'
  'eastus'
  'eastus2'
  'francecentral'
  'germanywestcentral'
  'italynorth'
  'japaneast'
  'koreacentral'
  'northcentralus'
  'northeurope'
  'norwayeast'
  'southafricanorth'
  'southcentralus'
  'southeastasia'
  'southindia'
  'spaincentral'
  'swedencentral'
  'uaenorth'
  'uksouth'
  'ukwest'
  'westcentralus'
  'westeurope'
  'westus'
  'westus2'
  'westus3'
])
@metadata({ azd: { type: 'location' } })
param location string

@description('Further tags of all resources.')
param tags object = {}

@description('Object id of the person or service that deploys. It may write secrets, the objects of a new account, and administers a new database.')
param deployerId string = deployer().objectId

@description('Kind of the principal that deploys.')
@allowed(['User', 'Group', 'ServicePrincipal'])
param deployerType string = 'User'

@description('Name under which the principal that deploys logs in to a new database. For a service principal: its display name.')
param deployerName string = deployer().userPrincipalName

@description('Memory of an instance in MB. It decides the cores and the bandwidth as well.')
@allowed([512, 2048, 4096])
param instanceMemoryMB int = 2048

@description('Most instances of each group of functions. Times databaseMaxConnections it must fit the database.')
@minValue(1)
@maxValue(1000)
param maximumInstanceCount int = 40

@description('Instances for downloads that always run and are always paid for; 0 for none. A single one would be replaced every now and then.')
@allowed([0, 2, 3, 4, 5, 6, 8, 10])
param alwaysReadyInstances int = 0

@description('Most concurrent downloads of an instance.')
@minValue(1)
@maxValue(1000)
param httpConcurrency int = 16

@description('How running instances are replaced: RollingUpdate gives requests up to 230 s more, Recreate ends them.')
@allowed(['RollingUpdate', 'Recreate'])
param siteUpdateStrategy string = 'RollingUpdate'

@description('Whether storage, Key Vault and a new database are reachable through private endpoints only, and from allowedAddress.')
param vnetEnabled bool = false

@description('Public IPv4 address that may reach a new database and, with vnetEnabled, storage and Key Vault; none or empty for no address.')
param allowedAddress string = ''

@description('Address range of a new virtual network.')
param vnetAddressPrefix string = '10.71.0.0/16'

@description('Subnet of a virtual network of your own that the app joins, delegated to Microsoft.App/environments; empty for none.')
param subnetId string = ''

@description('Whether Azure Front Door is placed in front of the app, which then accepts no other traffic.')
param deployFrontDoor bool = false

@description('Id of an existing Front Door profile (X-Azure-FDID) from which alone the app accepts traffic; empty for no restriction.')
param frontDoorId string = ''

@description('Where the objects are: Azure Blob Storage, or S3 and compatible stores.')
@allowed(['azure', 's3'])
param objectStorage string = 'azure'

@description('Storage account of the objects, in this subscription; empty for a new one with a container called objects.')
@maxLength(24)
param objectsAccountName string = ''

@description('Resource group of the storage account of the objects; empty for the resource group of the deployment.')
param objectsResourceGroup string = ''

@description('Container that archives are exported to (POST /exports), in the storage account of the objects; with S3 a bucket that exists. Empty for no exports.')
@maxLength(63)
param exportContainer string = ''

@description('Endpoint of an S3-compatible store; empty for AWS.')
param s3Endpoint string = ''

@description('Region of the S3 buckets.')
param s3Region string = 'us-east-1'

@description('Access key of S3. Empty keeps the secret that is in Key Vault.')
@secure()
param s3AccessKeyId string = ''

@description('Secret of the access key of S3. Empty keeps the secret that is in Key Vault.')
@secure()
param s3SecretAccessKey string = ''

@description('Connection URL of the records. Empty keeps the secret that is in Key Vault. Not used with deployPostgres.')
@secure()
param dbUrl string = ''

@description('Most connections of an instance to the database.')
@minValue(1)
@maxValue(1024)
param databaseMaxConnections int = 5

@description('Key that links are signed with; several, separated by commas, during a rotation. Empty keeps the secret that is in Key Vault.')
@metadata({ azd: { type: 'generate', config: { length: 48, noSpecial: true } } })
@secure()
param signingSecret string

@description('Whether callbacks are signed; the secret is then needed.')
param signCallbacks bool = true

@description('Key that callbacks are signed with. Empty keeps the secret that is in Key Vault.')
@metadata({ azd: { type: 'generate', config: { length: 48, noSpecial: true } } })
@secure()
param callbackSigningSecret string

@description('Base of the links that Egress makes, as https://downloads.example.com; empty for the host name of the app or of Front Door.')
param publicUrl string = ''

@description('Further settings of Egress (docs/configuration.md), as RATE_LIMIT_PER_IP. Not for secrets.')
param additionalSettings object = {}

@description('Whether a PostgreSQL Flexible Server is made for the records. With false, dbUrl leads to a database of yours.')
param deployPostgres bool = true

@description('SKU of the PostgreSQL server.')
param postgresSkuName string = 'Standard_B2s'

@description('Tier of the SKU of the PostgreSQL server.')
@allowed(['Burstable', 'GeneralPurpose', 'MemoryOptimized'])
param postgresSkuTier string = 'Burstable'

@description('Whether a deleted Key Vault is kept for 90 days and cannot be purged.')
param keyVaultPurgeProtection bool = true

@description('Whether the Key Vault of a deleted environment is recovered, with its secrets. For one deployment only.')
param keyVaultRecover bool = false

@description('Days that logs are kept.')
@minValue(30)
@maxValue(730)
param logRetentionDays int = 30

@description('Where alerts are sent; empty for nowhere.')
param alertEmail string = ''

@description('Broken downloads within 15 minutes that raise no alert.')
@minValue(0)
param toleratedFailures int = 0

@description('Answers of 5xx within 15 minutes that raise no alert.')
@minValue(0)
param toleratedServerErrors int = 5

var callbackQueue = 'egress-callbacks'
var exportQueue = 'egress-exports'
var healthProbeSchedule = '*/30 * * * * *'
var objectsContainer = 'objects'
var token = toLower(uniqueString(resourceGroup().id, environmentName, location))
var suffix = 'egress-${token}'
var allTags = union(tags, { 'azd-env-name': environmentName })
var makesObjectsAccount = objectStorage == 'azure' && empty(objectsAccountName)
var objectsAccount = makesObjectsAccount ? 'stobjects${token}' : objectsAccountName
var address = toLower(allowedAddress) == 'none' ? '' : allowedAddress
var deployerRoles = empty(deployerId) ? {} : { id: deployerId, type: deployerType }

// A new database always gets a private endpoint, because the app has no fixed outbound address that a firewall rule could allow.
var makesNetwork = empty(subnetId)
  ? vnetEnabled || deployPostgres
  : vnetEnabled || deployPostgres
      ? fail('With subnetId, the network is yours: set vnetEnabled and deployPostgres to false and pass the URL of a database that the subnet reaches.')
      : false
var reachable = { private: vnetEnabled, address: address }

module identity 'modules/identity.bicep' = {
  name: 'identity'
  params: {
    location: location
    tags: allTags
    name: 'id-${suffix}'
  }
}

module monitoring 'modules/monitoring.bicep' = {
  name: 'monitoring'
  params: {
    location: location
    tags: allTags
    suffix: suffix
    principalId: identity.outputs.principalId
    retentionInDays: logRetentionDays
  }
}

module network 'modules/network.bicep' = if (makesNetwork) {
  name: 'network'
  params: {
    location: location
    tags: allTags
    name: 'vnet-${suffix}'
    addressPrefix: vnetAddressPrefix
  }
}

module storage 'modules/storage.bicep' = {
  name: 'storage'
  params: {
    location: location
    tags: allTags
    name: 'stegress${token}'
    deploymentContainer: 'app-package'
    callbackQueue: callbackQueue
    exportQueue: exportQueue
    principalId: identity.outputs.principalId
    workspaceId: monitoring.outputs.workspaceId
    reachable: reachable
  }
}

module newObjectsAccount 'modules/objects-account.bicep' = if (makesObjectsAccount) {
  name: 'objects-account'
  params: {
    location: location
    tags: allTags
    name: objectsAccount
    container: objectsContainer
    reachable: reachable
    deployer: deployerRoles
  }
}

module objectsAccess 'modules/objects-access.bicep' = if (objectStorage == 'azure') {
  name: 'objects-access'
  scope: resourceGroup(makesObjectsAccount || empty(objectsResourceGroup) ? resourceGroup().name : objectsResourceGroup)
  params: {
    accountName: objectsAccount
    principalId: identity.outputs.principalId
  }
  dependsOn: [
    newObjectsAccount
  ]
}

module exportsContainer 'modules/exports-container.bicep' = if (objectStorage == 'azure' && !empty(exportContainer)) {
  name: 'exports-container'
  scope: resourceGroup(makesObjectsAccount || empty(objectsResourceGroup) ? resourceGroup().name : objectsResourceGroup)
  params: {
    accountName: objectsAccount
    container: exportContainer
    principalId: identity.outputs.principalId
  }
  dependsOn: [
    newObjectsAccount
  ]
}

module postgres 'modules/postgres.bicep' = if (deployPostgres) {
  name: 'postgres'
  params: {
    location: location
    tags: allTags
    name: 'psql-${suffix}'
    skuName: postgresSkuName
    skuTier: postgresSkuTier
    administrator: {
      id: deployerId
      type: deployerType
      name: empty(deployerName) ? deployerId : deployerName
    }
    allowedAddress: address
    workspaceId: monitoring.outputs.workspaceId
  }
}

module keyVault 'modules/key-vault.bicep' = {
  name: 'key-vault'
  params: {
    location: location
    tags: allTags
    name: 'kv-egress-${token}'
    principalId: identity.outputs.principalId
    deployer: deployerRoles
    workspaceId: monitoring.outputs.workspaceId
    purgeProtection: keyVaultPurgeProtection
    recover: keyVaultRecover
    reachable: reachable
    dbUrl: deployPostgres ? '' : dbUrl
    signingSecret: signingSecret
    callbackSigningSecret: callbackSigningSecret
    s3AccessKeyId: s3AccessKeyId
    s3SecretAccessKey: s3SecretAccessKey
  }
}

module privateEndpoints 'modules/private-endpoints.bicep' = if (makesNetwork) {
  name: 'private-endpoints'
  params: {
    location: location
    tags: allTags
    networkId: network!.outputs.id
    subnetId: network!.outputs.endpointsSubnetId
    targets: concat(
      deployPostgres ? [{ name: 'postgres-${suffix}', id: postgres!.outputs.id, group: 'postgresqlServer' }] : [],
      vnetEnabled
        ? [
            { name: 'blob-${suffix}', id: storage.outputs.id, group: 'blob' }
            { name: 'queue-${suffix}', id: storage.outputs.id, group: 'queue' }
            { name: 'table-${suffix}', id: storage.outputs.id, group: 'table' }
            { name: 'vault-${suffix}', id: keyVault.outputs.id, group: 'vault' }
          ]
        : [],
      vnetEnabled && makesObjectsAccount
        ? [{ name: 'objects-${suffix}', id: newObjectsAccount!.outputs.id, group: 'blob' }]
        : []
    )
  }
}

module frontDoor 'modules/front-door.bicep' = if (deployFrontDoor) {
  name: 'front-door'
  params: {
    tags: allTags
    suffix: suffix
  }
}

module functionApp 'modules/function-app.bicep' = {
  name: 'function-app'
  params: {
    location: location
    tags: allTags
    name: 'func-${suffix}'
    planName: 'plan-${suffix}'
    identity: {
      id: identity.outputs.id
      clientId: identity.outputs.clientId
    }
    hostStorage: {
      name: storage.outputs.name
      deploymentContainerUrl: storage.outputs.deploymentContainerUrl
    }
    keyVaultUrl: keyVault.outputs.url
    insightsName: monitoring.outputs.insightsName
    workspaceId: monitoring.outputs.workspaceId
    instanceMemoryMB: instanceMemoryMB
    maximumInstanceCount: maximumInstanceCount
    alwaysReadyInstances: alwaysReadyInstances
    httpConcurrency: httpConcurrency
    siteUpdateStrategy: siteUpdateStrategy
    subnetId: makesNetwork ? network!.outputs.appSubnetId : subnetId
    frontDoor: {
      required: deployFrontDoor || !empty(frontDoorId)
      id: deployFrontDoor ? frontDoor!.outputs.id : frontDoorId
    }
    objects: {
      storage: objectStorage
      azureUrl: objectsAccess.?outputs.url ?? ''
      s3Endpoint: s3Endpoint
      s3Region: s3Region
    }
    database: {
      auth: deployPostgres ? 'entra' : 'password'
      url: deployPostgres ? 'postgres://id-${suffix}@${postgres!.outputs.address}' : ''
      maxConnections: databaseMaxConnections
    }
    exportBucket: exportContainer
    signCallbacks: signCallbacks
    publicUrl: !empty(publicUrl) ? publicUrl : deployFrontDoor ? frontDoor!.outputs.url : ''
    callbackQueue: callbackQueue
    healthProbeSchedule: healthProbeSchedule
    additionalSettings: additionalSettings
  }
  // When the app starts for the first time, it resolves the private DNS names of the storage account and the vault.
  dependsOn: [
    privateEndpoints
  ]
}

module frontDoorRoute 'modules/front-door-route.bicep' = if (deployFrontDoor) {
  name: 'front-door-route'
  params: {
    profileName: frontDoor!.outputs.name
    endpointName: frontDoor!.outputs.endpointName
    originHostName: functionApp.outputs.hostName
  }
}

module alerts 'modules/alerts.bicep' = {
  name: 'alerts'
  params: {
    location: location
    tags: allTags
    suffix: suffix
    workspaceId: monitoring.outputs.workspaceId
    poisonQueue: '${callbackQueue}-poison'
    email: alertEmail
    toleratedFailures: toleratedFailures
    toleratedServerErrors: toleratedServerErrors
  }
}

@description('Name of the function app.')
output FUNCTION_APP_NAME string = functionApp.outputs.name

@description('Resource id of the function app.')
output FUNCTION_APP_ID string = functionApp.outputs.id

@description('Base of the links.')
output EGRESS_URL string = !empty(publicUrl) ? publicUrl : deployFrontDoor ? frontDoor!.outputs.url : functionApp.outputs.url

@description('Name of the identity of the app, which is also its role in the database.')
output APP_IDENTITY_NAME string = identity.outputs.name

@description('Object id of the identity of the app.')
output APP_IDENTITY_OBJECT_ID string = identity.outputs.principalId

@description('Name of the Key Vault.')
output KEY_VAULT_NAME string = keyVault.outputs.name

@description('URL of the Key Vault, with a slash at its end.')
output KEY_VAULT_URL string = keyVault.outputs.url

@description('Storage account of the host and of the queues of callbacks.')
output HOST_STORAGE_ACCOUNT string = storage.outputs.name

@description('Storage account of the objects; empty with S3.')
output OBJECTS_STORAGE_ACCOUNT string = objectStorage == 'azure' ? objectsAccount : ''

@description('URL of the container of a new account of objects; empty for an existing account and with S3.')
output OBJECTS_CONTAINER_URL string = newObjectsAccount.?outputs.containerUrl ?? ''

@description('URL of the container that archives are exported to; empty without exports and with S3.')
output EXPORTS_CONTAINER_URL string = exportsContainer.?outputs.url ?? ''

@description('Name of the PostgreSQL server; empty without one.')
output POSTGRES_SERVER string = postgres.?outputs.name ?? ''

@description('Connection URL of the administrator of the new database, without a password; empty without one.')
output POSTGRES_ADMIN_URL string = deployPostgres
  ? 'postgres://${uriComponent(empty(deployerName) ? deployerId : deployerName)}@${postgres!.outputs.address}'
  : ''

@description('Id of the Front Door profile; empty without one.')
output FRONT_DOOR_ID string = frontDoor.?outputs.id ?? ''
