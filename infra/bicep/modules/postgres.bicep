metadata description = 'PostgreSQL for the records, for those who have no database yet.'

@description('Region of the resources.')
param location string

@description('Tags of the resources.')
param tags object

@description('Name of the server.')
@minLength(3)
@maxLength(63)
param name string

@description('Name of the database.')
param databaseName string

@description('Name of the SKU.')
param skuName string

@description('Tier that the SKU belongs to.')
@allowed(['Burstable', 'GeneralPurpose', 'MemoryOptimized'])
param skuTier string

@description('Administrator, which the app connects as.')
param administratorLogin string

@description('Password of the administrator.')
@secure()
param administratorPassword string

@description('Log Analytics workspace for the logs.')
param workspaceId string

resource server 'Microsoft.DBforPostgreSQL/flexibleServers@2025-08-01' = {
  name: name
  location: location
  tags: tags
  sku: {
    name: skuName
    tier: skuTier
  }
  properties: {
    version: '17'
    administratorLogin: administratorLogin
    administratorLoginPassword: administratorPassword
    storage: {
      storageSizeGB: 32
    }
    backup: {
      backupRetentionDays: 7
    }
  }
}

resource database 'Microsoft.DBforPostgreSQL/flexibleServers/databases@2025-08-01' = {
  parent: server
  name: databaseName
}

// This range stands for what runs in Azure, of other customers too: without a virtual network the app has no address of its own.
resource fromAzure 'Microsoft.DBforPostgreSQL/flexibleServers/firewallRules@2025-08-01' = {
  parent: server
  name: 'azure-services'
  properties: {
    startIpAddress: '0.0.0.0'
    endIpAddress: '0.0.0.0'
  }
}

resource logs 'Microsoft.Insights/diagnosticSettings@2021-05-01-preview' = {
  scope: server
  name: 'to-log-analytics'
  properties: {
    workspaceId: workspaceId
    logs: [
      {
        category: 'PostgreSQLLogs'
        enabled: true
      }
    ]
    metrics: [
      {
        category: 'AllMetrics'
        enabled: true
      }
    ]
  }
}

@description('Host name of the server.')
output hostName string = server.properties.fullyQualifiedDomainName
